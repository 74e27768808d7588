with

mobilities as (

    select * from {{ ref('fct_open_mobility') }}

),

staff as (

    select * from {{ ref('fct_staff_fte') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

periods as (

    select * from {{ ref('mart_open_data__year') }}

),

{{ use_by_institution_and_year(knows_persons=false) }}

select * from final
